export { type AppOptions, createApp } from './app.js'
export { runtimeErrors } from './errors.js'
export { installShutdown } from './shutdown.js'
