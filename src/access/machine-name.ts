import { type NameFault, nameFault, quoteName } from '../kubernetes/index.ts'

const PREFIX = 'machine:'

/**
 * Why this cannot be a machine's username, or null. It stands under `machine:`, where no user can be; what follows is a name
 * like any other, so that nothing reserved hides there.
 */
export function machineNameFault(name: string): NameFault | null {
  if (!name.startsWith(PREFIX)) {
    return {
      code: 'ERR_NAME_INVALID',
      message: `a machine's username begins with "${PREFIX}", and ${quoteName(name)} does not`,
    }
  }
  return nameFault('user', name.slice(PREFIX.length))
}
