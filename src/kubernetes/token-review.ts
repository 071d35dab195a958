import { LanyardError } from '../errors/index.ts'
import { parseUniqueObject } from './unique-json.ts'

/** authentication.k8s.io, both of whose versions ask the same. The answer has the version of the question. */
const tokenReviewVersions = ['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1'] as const
export type TokenReviewVersion = (typeof tokenReviewVersions)[number]

/** What an apiserver asks of a webhook. */
export interface TokenReview {
  readonly apiVersion: TokenReviewVersion
  readonly token: string
  /** Empty: the apiserver's own. */
  readonly audiences: readonly string[]
}

export interface ReviewedUser {
  readonly username: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

const MAX_AUDIENCES = 64

/** @throws LanyardError ERR_TOKEN_REVIEW: one sentence of what is wrong with it */
export function parseTokenReview(text: string): TokenReview {
  const body = parseUniqueObject(text)
  if (body === undefined) throw fault('the body is not a JSON object, or names a member twice')
  const { apiVersion, kind, spec } = body
  const version = tokenReviewVersions.find((known) => known === apiVersion)
  if (version === undefined || kind !== 'TokenReview') {
    throw fault(`the body is not a TokenReview of ${tokenReviewVersions.join(' or ')}`)
  }
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw fault('spec must be an object')
  }
  const { token, audiences = [] } = spec as Record<string, unknown>
  if (typeof token !== 'string' || token === '') throw fault('spec.token must be a text')
  if (!isTexts(audiences)) {
    throw fault(`spec.audiences must be at most ${MAX_AUDIENCES} texts`)
  }
  return { apiVersion: version, token, audiences }
}

/** `audiences` empty: the token is good for the apiserver's own, which the apiserver compares itself. */
export function acceptedReview(
  apiVersion: TokenReviewVersion,
  user: ReviewedUser,
  audiences: readonly string[],
): object {
  const named = audiences.length === 0 ? {} : { audiences }
  const status = { authenticated: true, user, ...named }
  return { apiVersion, kind: 'TokenReview', status }
}

/** An apiserver caches a refusal that has no error, and logs one that has: so the sentence is never empty. */
export function refusedReview(apiVersion: TokenReviewVersion, sentence: string): object {
  return { apiVersion, kind: 'TokenReview', status: { authenticated: false, error: sentence } }
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_AUDIENCES &&
    value.every((item) => typeof item === 'string')
  )
}

function fault(sentence: string): LanyardError {
  return new LanyardError('ERR_TOKEN_REVIEW', sentence)
}
