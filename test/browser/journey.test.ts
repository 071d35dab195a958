/** The whole journey of an installation on its pages: nobody opens a terminal after the server's start but whoever uses kubectl. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { skipWithoutBrowser } from '../support/browser.ts'
import { openJourney } from './journey.ts'
import { arrival, type Party } from './journey-arrival.ts'
import { days } from './journey-days.ts'

const skip = await skipWithoutBrowser('that pages alone lead from nothing to a company at work')

describe('the whole journey', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let party: Party
  before(async () => {
    const journey = owned.use(await openJourney())
    party = {
      journey,
      root: owned.use(await journey.newTraveller()),
      grace: owned.use(await journey.newTraveller()),
      alan: owned.use(await journey.newTraveller()),
    }
  })
  after(() => owned.disposeAsync())

  describe('to arrive', () => arrival(() => party))
  describe('to be at work', () => days(() => party))

  it('no page complained of anything, and none asked anybody else', () => {
    const { root, grace, alan } = party
    assert.deepEqual([root.complaints, grace.complaints, alan.complaints], [[], [], []])
  })
})
