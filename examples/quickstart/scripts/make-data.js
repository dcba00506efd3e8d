// Writes data/*.json. The same seed makes the same rows, so running it again changes nothing.
import { writeFileSync } from 'node:fs'

const ARTICLES = 320
const COMMENTS = 900
const FIRST_DAY = Date.UTC(2024, 0, 1, 7)
const HOUR = 3_600_000

const random = minimalStandard(20_240_101)
const below = (n) => Math.floor(random() * n)
const pick = (list) => list[below(list.length)]
const instant = (ms) => new Date(ms).toISOString()
const capital = (text) => text[0].toUpperCase() + text.slice(1)

const categories = [
  ['Harbour', 'Ships, tides and the people who work with them'],
  ['Council', 'What is decided, and by whom'],
  ['Markets', 'Prices, shops and the weekly market'],
  ['Weather', 'Wind, water and what they did'],
  ['Schools', 'Classrooms, teachers and pupils'],
  ['Culture', 'Music, books and the stage'],
  ['Sport', 'Rowing, running and football'],
  ['Letters', 'Readers have the word'],
].map(([name, description], index) => ({ id: index + 1, name, description }))

const subjects = [
  'the old pier',
  'the night ferry',
  'the fish hall',
  'the town library',
  'the sea wall',
  'the bell tower',
].concat([
  'the rowing club',
  'the north school',
  'the weekly market',
  'the lighthouse',
  'the tram line',
  'the boatyard',
])
const events = [
  'opens again',
  'gets a new roof',
  'closes for a week',
  'looks for volunteers',
  'breaks a record',
].concat(['moves to the quay', 'turns one hundred', 'waits for a decision', 'wins a prize', 'asks for patience'])
const times = [
  'after the storm',
  'before the summer',
  'this winter',
  'for the first time',
  'once more',
  'ahead of plan',
]
const people = [
  'the harbour master',
  'a teacher',
  'the mayor',
  'two sisters',
  'a retired pilot',
  'the baker',
  'a visitor',
]
const verbs = [
  'had hoped for this',
  'is not surprised',
  'counts the days',
  'wants to see the numbers',
  'brought a cake',
]
const details = [
  'The work took eleven weeks.',
  'Nobody was hurt.',
  'The costs stay within the plan.',
  'It rained all day.',
].concat(['More than two hundred people came.', 'A second meeting follows in a month.', 'The old sign is kept.'])
const remarks = [
  'Long overdue.',
  'I was there and it was wonderful.',
  'Who pays for this?',
  'Thank you for writing about it.',
].concat(['My grandfather helped to build it.', 'The photograph is from another year.', 'See you on Saturday!'])

const slugs = new Set()
const articles = Array.from({ length: ARTICLES }, (_, index) => {
  const [subject, event, time] = [pick(subjects), pick(events), pick(times)]
  const publishedAt = instant(FIRST_DAY + index * 53 * HOUR + below(40) * 60_000)
  return {
    id: index + 1,
    title: capital(`${subject} ${event} ${time}`),
    slug: uniqueSlug(`${subject} ${event} ${time}`),
    summary: `${capital(pick(people))} ${pick(verbs)}.`,
    body: Array.from({ length: 3 }, () => `${capital(pick(people))} ${pick(verbs)}. ${pick(details)}`).join('\n\n'),
    categoryId: pick(categories).id,
    featured: index % 40 === 0,
    publishedAt,
    createdAt: publishedAt,
    updatedAt: publishedAt,
    ...(index % 10 === 0 && { internalNotes: 'Check the numbers before this is printed.' }),
  }
})

const comments = Array.from({ length: COMMENTS }, (_, index) => {
  const article = pick(articles)
  const createdAt = instant(Date.parse(article.publishedAt) + (1 + below(90)) * HOUR)
  return { id: index + 1, articleId: article.id, body: pick(remarks), createdAt, updatedAt: createdAt }
})

const places = ['Quay', 'Lighthouse', 'Fish hall', 'Sea wall', 'Boatyard', 'Sluice']
const tides = Array.from({ length: 60 }, (_, index) => ({
  id: index + 1,
  place: places[index % places.length],
  at: instant(FIRST_DAY + Math.floor(index / places.length) * 12.42 * HOUR),
  metres: Number((1.8 + random() * 2.4).toFixed(2)),
  spring: random() < 0.2,
}))

for (const [name, rows] of Object.entries({ categories, articles, comments, tides })) {
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')
  writeFileSync(new URL(`../data/${name}.json`, import.meta.url), `[\n${lines}\n]\n`)
}

function uniqueSlug(text) {
  const slug = text.replaceAll(' ', '-')
  let free = slug
  for (let n = 2; slugs.has(free); n++) free = `${slug}-${n}`
  slugs.add(free)
  return free
}

/** Park and Miller's minimal standard generator: the same numbers from the same seed, good enough for made-up rows. */
function minimalStandard(seed) {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
