import { p99, reads } from '../scenarios/storm.js'
import { serve } from '../server-process.js'

/** A client of its own, so that what it measures is the server and not the loop of a busy load generator. */
const identity = JSON.parse(process.argv[2] ?? '{}')
serve({ p99: p99(await reads(identity)) })
