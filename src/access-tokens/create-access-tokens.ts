import { type ImportRooms, importPasswordFile, importTokenFile } from './import-tokens.ts'
import { createToken, type KeepRooms, readTokens, revokeToken } from './keep.ts'
import { createReview, type ReviewRooms } from './review.ts'
import type { AccessTokens } from './types.ts'

/** Opens the room on a store. */
export function createAccessTokens(rooms: ImportRooms & KeepRooms & ReviewRooms): AccessTokens {
  const { store, clock } = rooms
  return {
    create: (token, by) => createToken(rooms, token, by),
    list: (filter = {}) => readTokens(store.query, { ...filter, now: clock() }),
    revoke: (id, by, owner) => revokeToken(rooms, id, by, owner),
    importTokenFile: (request, by) => importTokenFile(rooms, request, by),
    importPasswordFile: (request, by) => importPasswordFile(rooms, request, by),
    review: createReview(rooms),
  }
}
