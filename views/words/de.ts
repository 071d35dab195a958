import type { Catalogue } from './translate.ts'

/** German, by the English sentence. */
export const german: Catalogue = {
  'just now': 'gerade eben',
  ended: 'abgelaufen',
}
