import type { Texts } from './texts.js'

export const en: Texts = {
  mails: {
    invite: {
      subject: 'Your account at {{appName}}',
      lines: [
        'An account has been made for you at {{appName}}.',
        'Choose your password here within {{lifetime}}. The link works once.',
      ],
      action: 'Choose your password',
    },
    reset: {
      subject: 'Reset your password at {{appName}}',
      lines: [
        'Somebody, probably you, wants a new password for your account at {{appName}}.',
        'Set it here within {{lifetime}}. The link works once. If it was not you, ignore this mail: nothing has changed.',
      ],
      action: 'Set a new password',
    },
    verify: {
      subject: 'Confirm your address for {{appName}}',
      lines: [
        'Somebody, probably you, has made an account at {{appName}} with this address.',
        'Confirm it here within {{lifetime}}. The link works once. If it was not you, ignore this mail.',
      ],
      action: 'Confirm this address',
    },
    'email-change': {
      subject: 'Confirm your new address for {{appName}}',
      lines: [
        'Somebody, probably you, wants to move an account at {{appName}} to this address.',
        'Confirm it here within {{lifetime}}. The link works once. If it was not you, ignore this mail.',
      ],
      action: 'Confirm this address',
    },
    'already-registered': {
      subject: 'You have an account at {{appName}}',
      lines: [
        'Somebody, probably you, wanted to use this address for an account at {{appName}}. There is one already.',
        'Sign in with it, or reset its password if you do not know it. If it was not you, ignore this mail.',
      ],
      action: '',
    },
    'email-change-requested': {
      subject: 'A new address for your account at {{appName}}',
      lines: [
        'Somebody, probably you, wants to move your account at {{appName}} to another address.',
        'Nothing has changed yet. If that was not you, change your password now.',
      ],
      action: '',
    },
    'email-changed': {
      subject: 'The address of your account at {{appName}} was changed',
      lines: [
        'Your account at {{appName}} has another address now, and all sessions were ended.',
        'If that was not you, ask whoever runs the service to revoke your account now.',
      ],
      action: '',
    },
    'password-changed': {
      subject: 'Your password at {{appName}} was changed',
      lines: [
        'The password of your account at {{appName}} was changed, and all other sessions were ended.',
        'If that was not you, ask whoever runs the service to revoke your account now.',
      ],
      action: '',
    },
  },
  pages: {
    resetTitle: 'Choose a password',
    resetIntroduction: 'for your account at {{appName}}',
    newPassword: 'New password',
    hint: 'At least {{minLength}} characters. A few words are easier to remember than a riddle.',
    show: 'Show the password',
    setPassword: 'Set password',
    passwordIsSet: 'Your password is set. You can sign in now.',
    typePassword: 'Type a password first.',
    weakPassword:
      'This password cannot be used: it is too short, too long or too common. Take at least {{minLength}} characters.',
    verifyTitle: 'Confirm your address',
    verifyIntroduction: 'for your account at {{appName}}',
    verify: 'Confirm this address',
    isVerified: 'Your address is confirmed.',
    working: 'One moment …',
    badLink: 'This link has been used, has expired or is not complete. Ask for a new one.',
    tooMany: 'That was too often in a short time. Wait a while and try again.',
    failed: 'That did not work just now. Wait a moment and try again.',
    unreachable: 'The server cannot be reached. Check your connection and try again.',
    noScript: 'This page needs JavaScript, so that what you type never becomes part of an address.',
  },
}
