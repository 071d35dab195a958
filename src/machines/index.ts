/**
 * machines: non-human subjects, known by the tokens of outside issuers.
 *
 * It owns the issuers that are trusted, the rules that turn their tokens into a username and groups, and the verdict on one
 * token. It refuses whatever no rule names exactly; it mints nothing.
 */
export {}
