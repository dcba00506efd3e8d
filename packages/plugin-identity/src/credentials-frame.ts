const RULE = '─'.repeat(64)

/** Credentials as they are shown once, on the terminal and nowhere else. */
export function framedCredentials(title: string, email: string, password: string): string {
  return ['', RULE, `  ${title}`, '', `  email:    ${email}`, `  password: ${password}`, RULE, ''].join('\n')
}
