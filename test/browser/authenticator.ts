import type { CDPSession, Page } from 'playwright-core'

type Credential = Awaited<ReturnType<typeof getCredentials>>[number]

/** An authenticator inside of Chromium (WebAuthn 3 §11), as a laptop has one. It answers when it is touched, and not before. */
export interface VirtualAuthenticator {
  /** While `act` runs, whoever is before it touches it. */
  touchedDuring<Result>(act: () => Promise<Result>): Promise<Result>
  /** Whether it knows the person by PIN, fingerprint or face. */
  knowsPerson(knows: boolean): Promise<void>
  /** Chromium takes it away with any debugger that leaves the tab: `act` may send one. */
  keptDuring(act: () => Promise<void>): Promise<void>
  credentials(): Promise<readonly Credential[]>
}

const LAPTOP = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: false,
} as const

/** The same person's at another tab, where `from` is given. */
export async function addAuthenticator(
  page: Page,
  from?: VirtualAuthenticator,
): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page)
  const enable = async (held: readonly Credential[]): Promise<string> => {
    await session.send('WebAuthn.enable', { enableUI: false })
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: LAPTOP,
    })
    for (const credential of held) {
      await session.send('WebAuthn.addCredential', { authenticatorId, credential })
    }
    return authenticatorId
  }
  let authenticatorId = await enable((await from?.credentials()) ?? [])
  const credentials = () => getCredentials(session, authenticatorId)
  const touch = (enabled: boolean) =>
    session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
  return {
    async touchedDuring(act) {
      await touch(true)
      try {
        return await act()
      } finally {
        await touch(false)
      }
    },
    async knowsPerson(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    async keptDuring(act) {
      const kept = await credentials()
      await act()
      await session.send('WebAuthn.disable')
      authenticatorId = await enable(kept)
    },
    credentials,
  }
}

async function getCredentials(session: CDPSession, authenticatorId: string) {
  return (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials
}
