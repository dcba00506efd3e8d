import { type HashFamily, MALFORMED, refuse } from './stored-hash.js'

/** Salt and hash end where their unused bits are zero: another spelling would stand for the same hash. */
const BCRYPT = /^\$2([abxy])\$(\d\d)\$([./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26])$/
const MIN_COST = 4
const MAX_COST = 15

/** bcrypt, cost 4 to 15. Of the password it sees 72 bytes: that is how it was stored, so it is replaced at login. */
export const bcryptHash: HashFamily = {
  prefix: /^\$2[a-z]?\$/,
  read(text) {
    const [, minor, digits, rest] = BCRYPT.exec(text) ?? []
    if (minor === 'x') return refuse('bcrypt', '$2x$ comes from an implementation that loses characters')
    const cost = Number(digits)
    if (rest === undefined) return refuse('bcrypt', MALFORMED)
    if (cost < MIN_COST || cost > MAX_COST) return refuse('bcrypt', `costs ${MIN_COST} to ${MAX_COST} are computed`)
    // one algorithm under three names; the library treats long passwords differently for the oldest
    const hash = `$2b$${digits}$${rest}`
    return {
      format: 'bcrypt',
      async verify(password) {
        const { verify } = await import('@node-rs/bcrypt') // only apps that have imported such hashes load it
        return verify(password, hash)
      },
    }
  },
}
