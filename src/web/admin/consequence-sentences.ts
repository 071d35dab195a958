import type { Html, Words } from '../../../views/index.ts'

type Translate = Words['t']

/** What comes of a change for one person, for several, and for more than were counted. */
export interface Sentences {
  one(t: Translate, name: string, when: string): Html
  many(t: Translate, name: string, when: string, count: string): Html
  over(t: Translate, name: string, when: string, count: string): Html
}

interface Both {
  readonly lose: Sentences
  readonly gain: Sentences
}

export const clusterSentences: Both = {
  lose: {
    one: (t, name, when) => t`1 person loses cluster <b><bdi>${name}</bdi></b> within ${when}.`,
    many: (t, name, when, count) =>
      t`${count} people lose cluster <b><bdi>${name}</bdi></b> within ${when}.`,
    over: (t, name, when, count) =>
      t`More than ${count} people lose cluster <b><bdi>${name}</bdi></b> within ${when}.`,
  },
  gain: {
    one: (t, name) => t`1 person may enter cluster <b><bdi>${name}</bdi></b> at once.`,
    many: (t, name, _when, count) =>
      t`${count} people may enter cluster <b><bdi>${name}</bdi></b> at once.`,
    over: (t, name, _when, count) =>
      t`More than ${count} people may enter cluster <b><bdi>${name}</bdi></b> at once.`,
  },
}

export const applicationSentences: Both = {
  lose: {
    one: (t, name, when) => t`1 person loses application <b><bdi>${name}</bdi></b> within ${when}.`,
    many: (t, name, when, count) =>
      t`${count} people lose application <b><bdi>${name}</bdi></b> within ${when}.`,
    over: (t, name, when, count) =>
      t`More than ${count} people lose application <b><bdi>${name}</bdi></b> within ${when}.`,
  },
  gain: {
    one: (t, name) => t`1 person may enter application <b><bdi>${name}</bdi></b> at once.`,
    many: (t, name, _when, count) =>
      t`${count} people may enter application <b><bdi>${name}</bdi></b> at once.`,
    over: (t, name, _when, count) =>
      t`More than ${count} people may enter application <b><bdi>${name}</bdi></b> at once.`,
  },
}

export const groupSentences: Both = {
  lose: {
    one: (t, name) => t`1 person leaves group <b><bdi>${name}</bdi></b> with it.`,
    many: (t, name, _when, count) =>
      t`${count} people leave group <b><bdi>${name}</bdi></b> with it.`,
    over: (t, name, _when, count) =>
      t`More than ${count} people leave group <b><bdi>${name}</bdi></b> with it.`,
  },
  gain: {
    one: (t, name) => t`1 person comes into group <b><bdi>${name}</bdi></b> with it.`,
    many: (t, name, _when, count) =>
      t`${count} people come into group <b><bdi>${name}</bdi></b> with it.`,
    over: (t, name, _when, count) =>
      t`More than ${count} people come into group <b><bdi>${name}</bdi></b> with it.`,
  },
}
