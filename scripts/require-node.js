// Imported first by every script: an old Node fails on this line and not on syntax further down.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`JSONExpress needs Node 20.19 or newer, this is ${process.versions.node}.`)
  process.exit(1)
}
