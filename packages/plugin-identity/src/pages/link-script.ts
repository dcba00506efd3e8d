/**
 * What both pages do with a mailed link: take the token out of the fragment and out of the address bar at once, and send
 * it in a body, so that it is part of no request URL, no log and no history. The texts stand in the page. Plain ES2015: it
 * runs in browsers of strangers.
 */
export const script = `
(function () {
  var token = (/^#token=(.+)$/.exec(location.hash) || [])[1]
  history.replaceState(null, '', location.pathname)
  var texts = JSON.parse(document.querySelector('main').getAttribute('data-texts'))
  var form = document.getElementById('form')
  var input = document.getElementById('password')
  var show = document.getElementById('show')
  var button = document.getElementById('submit')
  var message = document.getElementById('message')
  var busy = false

  // another link in this tab: only its fragment differs, so the browser stays on the page
  window.addEventListener('hashchange', function () {
    location.reload()
  })

  function say(text, kind) {
    message.className = kind
    message.textContent = text
  }

  function finish(text, kind) {
    form.hidden = true
    token = null
    say(text, kind)
    message.focus()
  }

  // Not by the attribute disabled: that would take the focus from the button.
  function work(working) {
    busy = working
    button.setAttribute('aria-disabled', String(working))
  }

  function retry(text) {
    work(false)
    say(text, 'bad')
    ;(input || button).focus()
  }

  function refuse(text) {
    input.setAttribute('aria-invalid', 'true')
    retry(text)
  }

  if (!token) {
    finish(texts.badLink, 'bad')
    return
  }

  form.hidden = false
  if (input) {
    show.addEventListener('change', function () {
      input.type = show.checked ? 'text' : 'password'
    })
    input.addEventListener('input', function () {
      input.removeAttribute('aria-invalid')
    })
  }

  form.addEventListener('submit', function (event) {
    event.preventDefault()
    if (busy) return
    if (input && !input.value) {
      refuse(texts.typePassword)
      return
    }
    work(true)
    say(texts.working, '')
    fetch(location.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      credentials: 'omit',
      body: JSON.stringify(input ? { token: token, newPassword: input.value } : { token: token }),
    }).then(function (response) {
      return response.ok ? null : response.json()
    }).then(function (problem) {
      if (problem === null) {
        finish(texts.done, 'good')
        return
      }
      var code = problem.error.code
      if (code === 'INVALID_LINK' || code === 'VALIDATION_FAILED') finish(texts.badLink, 'bad')
      else if (code === 'WEAK_PASSWORD') refuse(texts.reasons ? problem.error.message + '.' : texts.weakPassword)
      else if (code === 'RATE_LIMITED') retry(texts.tooMany)
      else retry(texts.failed)
    }).catch(function () {
      retry(texts.unreachable)
    })
  })

  // Not by autofocus: a browser heeds that at its next frame, and a key pressed before would be lost.
  ;(input || button).focus()
})()
`
