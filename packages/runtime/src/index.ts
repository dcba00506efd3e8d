import '@json-express/core' // its types of app.db, app.collections, request.user …

export { type AppOptions, createApp } from './app.js'
export { runtimeErrors } from './errors.js'
export { installShutdown } from './shutdown.js'
