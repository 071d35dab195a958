import type { Catalogue } from './translate.ts'

/** French, by the English sentence. */
export const french: Catalogue = {}
