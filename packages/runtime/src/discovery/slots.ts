import { BootError, SLOTS, type Slot } from '@json-express/core'
import { sectionClashes } from './section-clashes.js'
import type { FoundPackage } from './walk.js'

export interface Choice {
  slot: Slot
  chosen: FoundPackage
  why: string
  idle: FoundPackage[]
}

export interface Chosen {
  /** Active packages, each after those whose capabilities it needs. Presets are not among them. */
  chosen: FoundPackage[]
  choices: Choice[]
  idle: FoundPackage[]
}

/** What to install for a capability that nobody provides. */
const PROVIDERS: Readonly<Record<string, string>> = {
  adapter: '@json-express/adapter-sqlite',
  kv: '@json-express/kv-memory',
  queue: '@json-express/queue-memory',
  email: '@json-express/email-console',
  authenticate: '@json-express/middleware-auth',
  ratelimit: '@json-express/middleware-ratelimit',
}

/**
 * Decides which packages are active: one per slot (the one that `preferred` names, else the nearest to the app), every
 * middleware and plugin. Throws one `BootError` with every tie, every missing capability and every clash.
 */
export function chooseSlots(found: readonly FoundPackage[], preferred: Partial<Record<Slot, string>>): Chosen {
  const problems: string[] = []
  const choices: Choice[] = []
  const chosen: FoundPackage[] = found.filter(({ manifest }) => ['middleware', 'plugin'].includes(manifest.kind))
  const open = new Set<string>()
  for (const slot of SLOTS) {
    const decided = decide(slot, found, preferred[slot])
    if (typeof decided === 'string') {
      problems.push(decided)
      open.add(slot)
    } else if (decided !== null) {
      choices.push(decided)
      chosen.push(decided.chosen)
    }
  }
  problems.push(...missingCapabilities(chosen, open), ...sectionClashes(found, chosen), ...capabilityClashes(chosen))
  if (problems.length > 0) throw new BootError(problems)
  const active = new Set(chosen)
  const idle = found.filter((pkg) => !active.has(pkg) && pkg.manifest.kind !== 'preset')
  return { chosen: inLoadOrder(chosen), choices, idle }
}

function decide(slot: Slot, found: readonly FoundPackage[], preferred: string | undefined): Choice | string | null {
  const candidates = found.filter(({ manifest }) => manifest.kind === slot)
  const choose = (chosen: FoundPackage, why: string): Choice => ({
    slot,
    chosen,
    why,
    idle: candidates.filter((other) => other !== chosen),
  })
  if (preferred !== undefined) {
    const chosen = candidates.find(({ name }) => name === preferred)
    if (chosen) return choose(chosen, `jex.${slot} says so`)
    return misnamed(slot, found, preferred)
  }
  const [first] = candidates
  if (first === undefined) return null
  const nearest = candidates.filter(({ via }) => via.length === first.via.length)
  if (nearest.length > 1) {
    const names = nearest.map(({ name }) => name)
    return `Several packages could be the ${slot}: ${names.join(', ')}. Choose one in .env: ${names.map((name) => `jex.${slot}=${name}`).join(' or ')}`
  }
  const through = throughOf(first)
  return choose(first, candidates.length === 1 ? through : `${through}, nearest to the app`)
}

/** How a package came to be part of the app. */
export function throughOf({ via }: FoundPackage): string {
  return via.length === 0 ? 'a dependency of the app' : `through ${via.join(' > ')}`
}

/** What is wrong with a `jex.<slot>` that names none of the packages for it, and what to do. */
function misnamed(slot: Slot, found: readonly FoundPackage[], name: string): string {
  const fitting = found.filter(({ manifest }) => manifest.kind === slot).map((one) => `jex.${slot}=${one.name}`)
  const instead = fitting.length > 0 ? `write ${fitting.join(' or ')}, or remove it` : 'remove it'
  if (name === '') return `jex.${slot} is empty: ${instead}`
  const other = found.find((one) => one.name === name)?.manifest.kind
  if (other !== undefined) return `jex.${slot}=${name} names a package of kind ${other}, not ${slot}: ${instead}`
  return `jex.${slot}=${name} names a package that is not installed for this slot: npm install ${name}, or ${instead}`
}

function missingCapabilities(chosen: readonly FoundPackage[], open: ReadonlySet<string>): string[] {
  const provided = new Set(chosen.flatMap(({ manifest }) => manifest.provides))
  const needs = [
    { name: 'The server', requires: ['adapter'] },
    ...chosen.map(({ name, manifest }) => ({ name, requires: manifest.requires })),
  ]
  const missing = [...new Set(needs.flatMap(({ requires }) => requires))].filter(
    (capability) => !provided.has(capability) && !open.has(capability),
  )
  return missing.map((capability) => {
    const who = needs.filter(({ requires }) => requires.includes(capability)).map(({ name }) => name)
    const remedy = PROVIDERS[capability]
    const install = remedy ? `npm install ${remedy}` : `install a package that provides it`
    return `Nothing provides ${capability}, which ${who.join(' and ')} ${who.length > 1 ? 'need' : 'needs'}: ${install}`
  })
}

/** What the server offers to all packages under one name, only one of them can provide. */
function capabilityClashes(chosen: readonly FoundPackage[]): string[] {
  return Object.keys(PROVIDERS).flatMap((capability) => {
    const names = chosen.filter(({ manifest }) => manifest.provides.includes(capability)).map(({ name }) => name)
    return names.length > 1 ? [`${names.join(' and ')} all provide ${capability}: keep one of them`] : []
  })
}

/**
 * Providers before those that need or use them; slots first, then who knows callers, since the routes of those before are
 * not held to their rules; for the rest the order in which they were found.
 */
function inLoadOrder(chosen: readonly FoundPackage[]): FoundPackage[] {
  const waiting = new Set([...chosen].sort((a, b) => rank(a) - rank(b)))
  const ordered: FoundPackage[] = []
  while (waiting.size > 0) {
    const coming = [...waiting].flatMap(({ manifest }) => manifest.provides)
    const next = [...waiting].find(({ manifest }) =>
      [...manifest.requires, ...manifest.optional].every(
        (capability) => !coming.includes(capability) || manifest.provides.includes(capability),
      ),
    )
    if (next === undefined) {
      const names = [...waiting].map(({ name }) => name).join(', ')
      throw new BootError(`These packages wait for each other, so none can load first: ${names}`)
    }
    ordered.push(next)
    waiting.delete(next)
  }
  return ordered
}

function rank({ manifest }: FoundPackage): number {
  const order: readonly string[] = [...SLOTS, 'authenticate', 'middleware', 'plugin']
  return order.indexOf(
    manifest.kind === 'middleware' && manifest.provides.includes('authenticate') ? 'authenticate' : manifest.kind,
  )
}
