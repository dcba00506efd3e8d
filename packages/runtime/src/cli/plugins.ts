import { planPackages } from '../plan.js'

/** Prints what `json-express` would load and why. Reads package.json files, loads nothing. */
export function printPlugins(dir: string): void {
  const { app, found, choices, chosen, idle } = planPackages(dir)
  const through = (via: readonly string[]) => (via.length === 0 ? '' : ` through ${via.join(' > ')}`)
  const lines = [
    `${app.name} in ${app.dir}`,
    '',
    'Found',
    ...found.map(
      ({ name, version, manifest, via }) => `  ${manifest.kind.padEnd(10)} ${name}@${version}${through(via)}`,
    ),
    '',
    'Chosen',
    ...choices.map(({ slot, chosen: { name }, why }) => `  ${slot.padEnd(10)} ${name} (${why})`),
    '',
    'Load order',
    ...chosen.map(({ name }, index) => `  ${String(index + 1).padStart(2)}. ${name}`),
    ...(idle.length > 0 ? ['', 'Idle', ...idle.map(({ name }) => `  ${name}`)] : []),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
