import type { Html, Words } from '../../views/index.ts'

interface Fault {
  readonly title: Html
  readonly sentence: Html
  readonly todo: Html
  readonly code: string
}

type Say = (words: Words) => Html

const retry: Say = ({ t }) =>
  t`Go back to where you came from and start again. Nothing was changed.`
const tell: Say = ({ t }) =>
  t`Tell the admin of the application that sent you here, with the reference. Nothing was changed.`

/** OAuth's error codes (RFC 6749 §4.1.2.1 and its extensions) that reach a person instead of a client. */
const faults: Readonly<Record<string, { readonly sentence: Say; readonly todo: Say }>> = {
  invalid_client: {
    sentence: ({ t }) => t`The application that sent you here is not known.`,
    todo: tell,
  },
  invalid_redirect_uri: {
    sentence: ({ t }) =>
      t`The application wants to get its answer at an address that is not registered for it.`,
    todo: tell,
  },
  invalid_request: {
    sentence: ({ t }) => t`The request to sign in could not be understood.`,
    todo: tell,
  },
  unauthorized_client: {
    sentence: ({ t }) => t`The application may not sign people in this way.`,
    todo: tell,
  },
  session_not_found: {
    sentence: ({ t }) =>
      t`It was started too long ago, in another browser, or already finished in another tab.`,
    todo: retry,
  },
  temporarily_unavailable: {
    sentence: ({ t }) => t`The server is busy.`,
    todo: ({ t }) => t`Try again in a minute.`,
  },
}

/** What a person reads when the engine gives up. The engine's own description can repeat the request, so none of it is shown. */
export function engineFault(words: Words, error: string): Fault {
  const { t } = words
  const known = Object.hasOwn(faults, error) ? faults[error] : undefined
  if (known === undefined) {
    return {
      title: t`This did not work`,
      sentence: t`The request could not be carried out.`,
      todo: retry(words),
      code: 'ERR_OAUTH',
    }
  }
  return {
    title: t`This did not work`,
    sentence: known.sentence(words),
    todo: known.todo(words),
    code: `ERR_OAUTH_${error.toUpperCase()}`,
  }
}
