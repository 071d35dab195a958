interface Fault {
  readonly title: string
  readonly sentence: string
  readonly todo: string
  readonly code: string
}

const retry = 'Go back to where you came from and start again. Nothing was changed.'
const tell =
  'Tell the admin of the application that sent you here, with the reference. Nothing was changed.'

/** OAuth's error codes (RFC 6749 §4.1.2.1 and its extensions) that reach a person instead of a client. */
const faults: Readonly<Record<string, Omit<Fault, 'title' | 'code'>>> = {
  invalid_client: { sentence: 'The application that sent you here is not known.', todo: tell },
  invalid_redirect_uri: {
    sentence:
      'The application wants to get its answer at an address that is not registered for it.',
    todo: tell,
  },
  invalid_request: { sentence: 'The request to sign in could not be understood.', todo: tell },
  unauthorized_client: {
    sentence: 'The application may not sign people in this way.',
    todo: tell,
  },
  session_not_found: {
    sentence:
      'It was started too long ago, in another browser, or already finished in another tab.',
    todo: retry,
  },
  temporarily_unavailable: { sentence: 'The server is busy.', todo: 'Try again in a minute.' },
}

/** What a person reads when the engine gives up. The engine's own description can repeat the request, so none of it is shown. */
export function engineFault(error: string): Fault {
  const known = Object.hasOwn(faults, error) ? faults[error] : undefined
  if (known === undefined) {
    return {
      title: 'This did not work',
      sentence: 'The request could not be carried out.',
      todo: retry,
      code: 'ERR_OAUTH',
    }
  }
  return { title: 'This did not work', ...known, code: `ERR_OAUTH_${error.toUpperCase()}` }
}
