import type { Texts } from './texts.js'

export const de: Texts = {
  mails: {
    invite: {
      subject: 'Ihr Konto bei {{appName}}',
      lines: [
        'Für Sie wurde ein Konto bei {{appName}} angelegt.',
        'Wählen Sie hier Ihr Passwort. Der Link gilt einmal und {{lifetime}} lang.',
      ],
      action: 'Passwort wählen',
    },
    reset: {
      subject: 'Neues Passwort für {{appName}}',
      lines: [
        'Jemand, vermutlich Sie, möchte ein neues Passwort für Ihr Konto bei {{appName}}.',
        'Setzen Sie es hier. Der Link gilt einmal und {{lifetime}} lang. Waren Sie es nicht, ignorieren Sie diese Nachricht: Es hat sich nichts geändert.',
      ],
      action: 'Neues Passwort setzen',
    },
    verify: {
      subject: 'Bestätigen Sie Ihre Adresse für {{appName}}',
      lines: [
        'Jemand, vermutlich Sie, hat mit dieser Adresse ein Konto bei {{appName}} angelegt.',
        'Bestätigen Sie sie hier. Der Link gilt einmal und {{lifetime}} lang. Waren Sie es nicht, ignorieren Sie diese Nachricht.',
      ],
      action: 'Adresse bestätigen',
    },
    'email-change': {
      subject: 'Bestätigen Sie Ihre neue Adresse für {{appName}}',
      lines: [
        'Jemand, vermutlich Sie, möchte ein Konto bei {{appName}} auf diese Adresse umstellen.',
        'Bestätigen Sie sie hier. Der Link gilt einmal und {{lifetime}} lang. Waren Sie es nicht, ignorieren Sie diese Nachricht.',
      ],
      action: 'Adresse bestätigen',
    },
    'already-registered': {
      subject: 'Sie haben ein Konto bei {{appName}}',
      lines: [
        'Jemand, vermutlich Sie, wollte diese Adresse für ein Konto bei {{appName}} verwenden. Es gibt schon eines.',
        'Melden Sie sich damit an, oder setzen Sie das Passwort zurück. Waren Sie es nicht, ignorieren Sie diese Nachricht.',
      ],
      action: '',
    },
    'email-change-requested': {
      subject: 'Eine neue Adresse für Ihr Konto bei {{appName}}',
      lines: [
        'Jemand, vermutlich Sie, möchte Ihr Konto bei {{appName}} auf eine andere Adresse umstellen.',
        'Noch hat sich nichts geändert. Waren Sie es nicht, ändern Sie jetzt Ihr Passwort.',
      ],
      action: '',
    },
    'email-changed': {
      subject: 'Die Adresse Ihres Kontos bei {{appName}} wurde geändert',
      lines: [
        'Ihr Konto bei {{appName}} hat jetzt eine andere Adresse, und alle Sitzungen wurden beendet.',
        'Waren Sie es nicht, bitten Sie den Betreiber, Ihr Konto sofort zu sperren.',
      ],
      action: '',
    },
    'password-changed': {
      subject: 'Ihr Passwort bei {{appName}} wurde geändert',
      lines: [
        'Das Passwort Ihres Kontos bei {{appName}} wurde geändert, und alle anderen Sitzungen wurden beendet.',
        'Waren Sie es nicht, bitten Sie den Betreiber, Ihr Konto sofort zu sperren.',
      ],
      action: '',
    },
  },
  pages: {
    resetTitle: 'Passwort wählen',
    resetIntroduction: 'für Ihr Konto bei {{appName}}',
    newPassword: 'Neues Passwort',
    hint: 'Mindestens {{minLength}} Zeichen. Einige Wörter merkt man sich leichter als ein Rätsel.',
    show: 'Passwort anzeigen',
    setPassword: 'Passwort setzen',
    passwordIsSet: 'Ihr Passwort ist gesetzt. Sie können sich jetzt anmelden.',
    typePassword: 'Geben Sie zuerst ein Passwort ein.',
    weakPassword:
      'Dieses Passwort geht nicht: Es ist zu kurz, zu lang oder zu verbreitet. Nehmen Sie mindestens {{minLength}} Zeichen.',
    verifyTitle: 'Adresse bestätigen',
    verifyIntroduction: 'für Ihr Konto bei {{appName}}',
    verify: 'Adresse bestätigen',
    isVerified: 'Ihre Adresse ist bestätigt.',
    working: 'Einen Augenblick …',
    badLink: 'Dieser Link wurde schon benutzt, ist abgelaufen oder nicht vollständig. Fordern Sie einen neuen an.',
    tooMany: 'Das war zu oft in kurzer Zeit. Warten Sie eine Weile und versuchen Sie es erneut.',
    failed: 'Das hat gerade nicht geklappt. Warten Sie einen Moment und versuchen Sie es erneut.',
    unreachable: 'Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
    noScript: 'Diese Seite braucht JavaScript, damit Ihre Eingabe nie Teil einer Adresse wird.',
  },
}
