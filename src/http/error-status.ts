/** Statuses of the codes that neither a suffix nor the default (400) gets right. A room's new code is added here. */
const statuses: Readonly<Record<string, number>> = {
  ERR_BUSY: 503,
  ERR_CERTIFICATE_REFUSED: 403,
  ERR_CERTIFICATE_SIGNER: 502,
  ERR_CSR_USED: 409,
  ERR_CSRF: 403,
  ERR_FORBIDDEN: 403,
  ERR_FORM_TOO_LARGE: 413,
  ERR_FORM_TYPE: 415,
  ERR_GATEWAY_CREDENTIAL: 401,
  ERR_GROUP_NOT_REQUESTABLE: 403,
  ERR_INTERNAL: 500,
  ERR_EMAIL_CODE: 404,
  ERR_INVITATION_CODE: 404,
  ERR_LAST_ADMIN: 409,
  ERR_MEMBER_ALREADY: 409,
  ERR_MAIL_OFF: 404,
  ERR_METHOD: 405,
  ERR_NAME_RETIRED: 409,
  ERR_NOT_FOUND: 404,
  ERR_RESET_CODE: 404,
  ERR_PASSKEY_NEEDED: 403,
  ERR_REQUEST_OWN: 403,
  ERR_REQUEST_SETTLED: 409,
  ERR_REQUESTS_MANY: 429,
  ERR_SETUP_CLOSED: 404,
  ERR_SIGN_IN_WEAK: 403,
  ERR_STORE_CLOSED: 503,
  ERR_WRITE_UNIT_WAITED: 500,
}

const suffixes: readonly (readonly [string, number])[] = [
  ['_UNKNOWN', 404],
  ['_EXISTS', 409],
]

/** The HTTP status of a LanyardError's code. */
export function errorStatus(code: string): number {
  return statuses[code] ?? suffixes.find(([suffix]) => code.endsWith(suffix))?.[1] ?? 400
}
