/**
 * Takes the token out of the fragment and out of the address bar at once, and sends it in a body, so that it is part of
 * no request URL, no log and no history. Plain ES2015: it runs in browsers of strangers.
 */
export const script = `
(function () {
  var token = (/^#token=(.+)$/.exec(location.hash) || [])[1]
  history.replaceState(null, '', location.pathname)
  var form = document.getElementById('form')
  var input = document.getElementById('password')
  var button = document.getElementById('submit')
  var message = document.getElementById('message')
  var BAD_LINK = 'This link has been used, has expired or is not complete. Ask for a new one.'

  function say(text, kind) {
    message.className = kind
    message.textContent = text
  }

  if (!token) {
    form.hidden = true
    say(BAD_LINK, 'bad')
    return
  }

  form.addEventListener('submit', function (event) {
    event.preventDefault()
    if (!input.value) {
      say('Type a password first.', 'bad')
      input.focus()
      return
    }
    button.disabled = true
    say('Setting your password …', '')
    fetch(location.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      credentials: 'omit',
      body: JSON.stringify({ token: token, newPassword: input.value }),
    }).then(function (response) {
      if (response.ok) return null
      return response.json()
    }).then(function (problem) {
      if (problem === null) {
        form.hidden = true
        token = null
        say('Your password is set. You can sign in now.', 'good')
        return
      }
      var code = problem.error.code
      if (code === 'INVALID_LINK' || code === 'VALIDATION_FAILED') {
        form.hidden = true
        say(BAD_LINK, 'bad')
      } else if (code === 'WEAK_PASSWORD') {
        say(problem.error.message + '.', 'bad')
        input.focus()
      } else {
        say('That did not work just now. Wait a moment and try again.', 'bad')
      }
      button.disabled = false
    }).catch(function () {
      say('The server cannot be reached. Check your connection and try again.', 'bad')
      button.disabled = false
    })
  })
})()
`
