import argon2 from 'argon2'
import { exactBase64 } from './exact-base64.js'
import { type HashFamily, MALFORMED, refuse } from './stored-hash.js'

const PHC =
  /^\$(argon2(?:id|i|d))\$v=(\d{1,3})\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8})\$([\w+/]{11,88})\$([\w+/]{22,172})$/
const VERSION = 0x13
const MAX_MEMORY_KIB = 1_048_576
const MAX_ITERATIONS = 10
const MAX_LANES = 8
const MIN_LANE_KIB = 8 // RFC 9106 section 3.1

/** argon2id, argon2i and argon2d (RFC 9106) in PHC form: at most 1 GiB, 10 passes, 8 lanes. */
export const argon2Hash: HashFamily = {
  prefix: /^\$argon2/,
  read(text) {
    const [, format = 'argon2', version, memory, passes, parallelism, salt = '', hash = ''] = PHC.exec(text) ?? []
    const [memoryKiB, iterations, lanes] = [memory, passes, parallelism].map(Number) as [number, number, number]
    if (version === undefined || !exactBase64(salt) || !exactBase64(hash)) return refuse(format, MALFORMED)
    if (Number(version) !== VERSION) return refuse(format, 'only version 19 is computed')
    const harmless =
      within(lanes, 1, MAX_LANES) &&
      within(iterations, 1, MAX_ITERATIONS) &&
      within(memoryKiB, MIN_LANE_KIB * lanes, MAX_MEMORY_KIB)
    if (!harmless)
      return refuse(format, 'takes more than 1 GiB, 10 passes or 8 lanes, or too little memory for its lanes')
    return { format, verify: (password) => argon2.verify(text, password) }
  },
}

function within(value: number, minimum: number, maximum: number): boolean {
  return value >= minimum && value <= maximum
}
