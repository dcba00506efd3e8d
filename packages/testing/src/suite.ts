/** One rule of a contract. `run` throws when the implementation breaks it. */
export interface Rule<T> {
  readonly name: string
  run(subject: T): Promise<void>
}
