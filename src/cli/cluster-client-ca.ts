import type { Command } from 'commander'
import type { Authority } from '../certificates/index.ts'
import { LanyardError } from '../errors/index.ts'
import { leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339, type Shape } from './shapes.ts'
import type { Answer } from './tell.ts'

interface ClientCaOptions extends CommonOptions {
  readonly rotate?: boolean
  readonly activate?: boolean
  readonly remove?: boolean
}

/** lanyard cluster client-ca */
export function addClusterClientCa(cluster: Command, session: Session): void {
  leaf(cluster, 'client-ca <name>', {
    summary: "makes or prints a cluster's client CA, which signs certificates for people",
    json: { shape: 'ClusterClientCa' },
  })
    .option('--rotate', 'makes the next one, which does not sign yet')
    .option('--activate', 'lets the next one sign and deletes the one before')
    .option('--remove', 'deletes it: nothing signs for the cluster any more')
    .action((name: string, options: ClientCaOptions) =>
      session.answer(options, (rooms) => answerFor(rooms, name, options)),
    )
}

async function answerFor(rooms: Rooms, name: string, options: ClientCaOptions): Promise<Answer> {
  const { rotate = false, activate = false, remove = false } = options
  if ([rotate, activate, remove].filter(Boolean).length > 1) {
    throw new LanyardError('ERR_USAGE', '--rotate, --activate and --remove exclude each other')
  }
  const { authorities } = rooms.certificates
  const before = await authorities.list(name)
  if (remove) return removed(name, await authorities.remove(name, rooms.by))
  if (activate) {
    const active = await authorities.activate(name, rooms.by)
    return answer(name, [active], activatedNotes(name, before))
  }
  if (rotate || before.length === 0) {
    const made = await authorities.make(name, rooms.by)
    return answer(name, [made], madeNotes(name, made))
  }
  return answer(name, before, shownNotes(name, before))
}

function answer(name: string, list: readonly Authority[], notes: readonly string[]): Answer {
  return {
    json: {
      cluster: name,
      authorities: list.map(({ id, state, certificate, createdAt, expiresAt }) => ({
        ...{ id, state, certificate },
        ...{ createdAt: rfc3339(createdAt), expiresAt: rfc3339(expiresAt) },
      })),
    } satisfies Shape<'ClusterClientCa'>,
    text: list.map(({ certificate }) => certificate).join(''),
    notes: [...notes],
  }
}

const append =
  'cp FILE FILE.new && cat CA.crt >> FILE.new && mv FILE.new FILE, where FILE is the one of --client-ca-file'

function madeNotes(name: string, { state }: Authority): string[] {
  const first = state === 'active'
  return [
    `hint: put it into a file CA.crt beside every kube-apiserver of ${name}, then: ${append}`,
    'hint: kube-apiserver reads it again by itself within a second or so: nothing restarts, nobody is logged out',
    first
      ? `hint: people then type: kubectl lanyard certificate --cluster ${name}`
      : `hint: when every apiserver has it: lanyard cluster client-ca ${name} --activate`,
    // pkg/controller/certificates/signer: "expected 1 certificate, found 2".
    'warning: where kube-controller-manager reads the same file (kubeadm: pki/ca.crt), copy it to one of its own first and point --client-ca-file there, which is one restart: with two certificates in it kube-controller-manager signs nothing more and does not start again',
    'warning: whoever has the data directory and the key file can sign for anybody there, system:masters too',
  ]
}

function activatedNotes(name: string, before: readonly Authority[]): string[] {
  const old = before.find(({ state }) => state === 'active')
  return [
    `hint: ${name}: this one signs from now on`,
    ...(old === undefined
      ? []
      : [
          `hint: an hour from now nothing that the one before has signed is left: take it (created ${rfc3339(old.createdAt)}) out of --client-ca-file the same way, by a rename`,
        ]),
  ]
}

function shownNotes(name: string, list: readonly Authority[]): string[] {
  const waits = list.some(({ state }) => state === 'next')
  return [
    ...list.map(
      ({ state, expiresAt }) =>
        `hint: ${state === 'active' ? 'this one signs' : 'the next one, which does not sign yet'}, until ${rfc3339(expiresAt)}`,
    ),
    waits
      ? `hint: when every apiserver has both: lanyard cluster client-ca ${name} --activate`
      : `hint: for another: lanyard cluster client-ca ${name} --rotate`,
  ]
}

function removed(name: string, gone: readonly Authority[]): Answer {
  return {
    ...answer(name, gone, [
      ...(gone.length === 0
        ? [`hint: cluster ${name} had none`]
        : [
            'warning: what it signed is believed until it ends: to refuse it at once, take the CA out of --client-ca-file now, by a rename',
          ]),
    ]),
  }
}
