/**
 * certificates: short-lived client certificates for people.
 *
 * It owns each cluster's client CA and the way to a cluster's own signer. It refuses to sign without an Admission, for longer
 * than asked, a key it does not trust, or the same request twice.
 */
export {}
