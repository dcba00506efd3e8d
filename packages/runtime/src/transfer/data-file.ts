import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { readLines } from '@json-express/core'

/**
 * Rows of an app as JSON Lines: a header, `{ "collection", "row" }` for each row, those that others refer to first, and
 * an end that counts them, so that a file which was cut off is known as such.
 */
export interface DataHeader {
  jsonExpress: 'data'
  version: 1
  exportedAt: string
  /** In the order in which their rows come. */
  collections: string[]
}

export interface DataEnd {
  end: true
  rows: number
  /** The highest id ever of each collection that counts its ids: what a row had that is gone is not used again. */
  highest?: Record<string, number>
}

export interface DataRow {
  /** Where it stands, from 1. */
  line: number
  collection: string
  row: Record<string, unknown>
  /** Characters of the line. */
  length: number
}

/** A file that cannot be imported, or not into this database; the message says where and why. */
export class DataFileError extends Error {
  override name = 'DataFileError'
}

const VERSION = 1
/** No row comes near: it is what one request may bring, and a page of them is held at a time. */
const MAX_LINE_BYTES = 64 * 1024 * 1024
/** Header and end name collections, and no more. */
const MAX_END_BYTES = 1024 * 1024

/** What the first line says, once the last one has told that the file is whole. */
export async function readHeader(file: string): Promise<DataHeader & Required<Pick<DataEnd, 'rows' | 'highest'>>> {
  const header = await firstLine(file)
  if (header.jsonExpress !== 'data') throw new DataFileError(`${file} was not made by json-express data export`)
  if (header.version !== VERSION) {
    throw new DataFileError(`${file} has version ${header.version}, this json-express reads ${VERSION}`)
  }
  if (!isListOfNames(header.collections))
    throw new DataFileError(`${file} does not say what it holds: line 1 is damaged`)
  const end = await lastLine(file)
  if (end.end !== true || typeof end.rows !== 'number') {
    throw new DataFileError(`${file} is cut off: its last line is no end. Export again`)
  }
  const highest = end.highest ?? {}
  if (!isObject(highest) || !Object.values(highest).every(Number.isSafeInteger)) {
    throw new DataFileError(`${file} is damaged: its last line tells no highest ids`)
  }
  return { ...header, rows: end.rows, highest }
}

/** The rows between header and end. */
export async function* readRows(file: string): AsyncGenerator<DataRow> {
  for await (const { number: line, text } of readLines(createReadStream(file), MAX_LINE_BYTES)) {
    if (line === 1) continue
    const { end, collection, row } = parsed(text)
    if (end === true) return
    if (typeof collection !== 'string' || !isObject(row)) throw new DataFileError(`line ${line} holds no row`)
    yield { line, collection, row, length: text?.length ?? 0 }
  }
}

async function firstLine(file: string): Promise<DataHeader> {
  if ((await stat(file)).isDirectory())
    throw new DataFileError(`${file} is a folder: name a file that data export has made`)
  for await (const { text } of readLines(createReadStream(file), MAX_END_BYTES)) {
    return parsed(text) as unknown as DataHeader
  }
  throw new DataFileError(`${file} is empty`)
}

async function lastLine(file: string): Promise<Partial<DataEnd>> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const tail = Buffer.alloc(Math.min(size, MAX_END_BYTES))
    await handle.read(tail, 0, tail.length, size - tail.length)
    return parsed(tail.toString('utf8').trimEnd().split('\n').at(-1) ?? '')
  } finally {
    await handle.close()
  }
}

/** An object without anything in it where there is none. */
function parsed(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
