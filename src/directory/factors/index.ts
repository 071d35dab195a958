import { LanyardError } from '../../errors/index.ts'
import type { Context } from '../context.ts'
import type { Factors } from './types.ts'

export function createFactors(_context: Context): Factors {
  const later = async (): Promise<never> => {
    throw new LanyardError('ERR_BUSY', 'not there yet')
  }
  return {
    of: async () => ({ password: true, passkeys: [], oneTimeCode: false, recoveryCodesLeft: 0 }),
    passkeys: {
      registrationOptions: later,
      register: later,
      signInOptions: later,
      verify: later,
      rename: later,
      remove: later,
    },
    oneTimeCodes: { begin: later, confirm: later, verify: later, remove: later },
    recoveryCodes: { renew: later, verify: later },
    completed: async () => {},
    removeAll: later,
  }
}
