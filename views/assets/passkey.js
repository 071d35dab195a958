// Passkeys (WebAuthn 3): the one thing on Lanyard's pages that a form cannot do. The options stand beside the hidden field of an ordinary
// form, and the answer goes back in it; nothing is fetched, and nothing is kept.

const field = document.querySelector('input[name="passkey"][data-options]')
if (field instanceof HTMLInputElement && window.PublicKeyCredential !== undefined) offer(field)

/** @param {HTMLInputElement} field */
function offer(field) {
  const { form } = field
  const create = field.dataset.act === 'create'
  const options = JSON.parse(field.dataset.options)
  let waiting = new AbortController()

  for (const element of document.querySelectorAll('[data-passkey]')) element.hidden = false
  for (const element of document.querySelectorAll('[data-noscript]')) element.hidden = true

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void ask()
  })

  if ('conditional' in field.dataset) void offerInList()

  async function ask() {
    // A browser asks for one thing at a time: the list of the username field gives way.
    waiting.abort()
    waiting = new AbortController()
    showFailure(null)
    try {
      await answer({ signal: waiting.signal })
    } catch (error) {
      showFailure(error instanceof Error ? error.name : '')
    }
  }

  async function offerInList() {
    const available = await PublicKeyCredential.isConditionalMediationAvailable?.()
    // Whatever ends it, the button and the password are still there.
    if (available)
      await answer({ mediation: 'conditional', signal: waiting.signal }).catch(() => {})
  }

  async function answer(how) {
    const credential = create
      ? await navigator.credentials.create({ publicKey: creationOptions(options), ...how })
      : await navigator.credentials.get({ publicKey: requestOptions(options), ...how })
    field.value = JSON.stringify(jsonOf(credential))
    form.submit()
  }

  function showFailure(name) {
    const notes = [...form.querySelectorAll('[data-passkey-failed]')]
    const known = notes.some((note) => note.dataset.passkeyFailed === name)
    for (const note of notes) {
      note.hidden = name === null || note.dataset.passkeyFailed !== (known ? name : 'other')
    }
  }
}

function requestOptions(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON !== undefined) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(options)
  }
  return {
    ...options,
    challenge: bytesOf(options.challenge),
    allowCredentials: descriptors(options.allowCredentials),
  }
}

function creationOptions(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON !== undefined) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(options)
  }
  return {
    ...options,
    challenge: bytesOf(options.challenge),
    user: { ...options.user, id: bytesOf(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  }
}

function descriptors(list = []) {
  return list.map((one) => ({ ...one, id: bytesOf(one.id) }))
}

function jsonOf(credential) {
  if (typeof credential.toJSON === 'function') return credential.toJSON()
  const { id, rawId, type, authenticatorAttachment, response } = credential
  const names = [
    'clientDataJSON',
    'attestationObject',
    'authenticatorData',
    'signature',
    'userHandle',
  ]
  const held = names.filter((name) => response[name] instanceof ArrayBuffer)
  return {
    id,
    rawId: textOf(rawId),
    type,
    authenticatorAttachment: authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      ...Object.fromEntries(held.map((name) => [name, textOf(response[name])])),
      ...(response.getTransports === undefined ? {} : { transports: response.getTransports() }),
    },
  }
}

/** RFC 4648 §5. */
function bytesOf(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}

function textOf(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
