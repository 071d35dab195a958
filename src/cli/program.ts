import { Command } from 'commander'
import { addAccessCommands } from './access-review.ts'
import { addApplicationCommands } from './application.ts'
import { addAuditCommands } from './audit.ts'
import { addClusterCommands } from './cluster.ts'
import { addCompletionCommands } from './completion.ts'
import { addDeviceCommands } from './device.ts'
import { addDoctorCommand } from './doctor.ts'
import { addGroupCommands } from './group.ts'
import { addImportCommands } from './import.ts'
import { addInvitationCommands } from './invitation.ts'
import { addKeyCommands } from './key.ts'
import { addMachineCommands } from './machine.ts'
import { addMailCommands } from './mail.ts'
import { addProxyCommand } from './proxy.ts'
import { addServerCommands, readVersion } from './server.ts'
import type { Session } from './session.ts'
import { addTokenCommands } from './token.ts'
import { addUserCommands } from './user.ts'

/** The whole tree of commands; it runs nothing until it is given an argv. */
export function createProgram(session: Session): Command {
  const program = new Command('lanyard')
    .description(
      'Lanyard, an OpenID Connect provider for Kubernetes. Commands work on the data directory, beside a running server.',
    )
    .version(readVersion(), '--version', 'prints the version')
    .helpOption('-h, --help', 'shows this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => session.tell.plain(text),
      // The help, where a command is missing.
      writeErr: (text) => session.tell.aside(text),
      // Errors are thrown as well, and told by whoever catches them.
      outputError: () => {},
    })
    .helpCommand(false)
  addUserCommands(program, session)
  addGroupCommands(program, session)
  addClusterCommands(program, session)
  addApplicationCommands(program, session)
  addDeviceCommands(program, session)
  addTokenCommands(program, session)
  addInvitationCommands(program, session)
  addMachineCommands(program, session)
  addKeyCommands(program, session)
  addImportCommands(program, session)
  addAuditCommands(program, session)
  addAccessCommands(program, session)
  addDoctorCommand(program, session)
  addMailCommands(program, session)
  addServerCommands(program, session)
  addProxyCommand(program, session)
  addCompletionCommands(program, session)
  return program
}
