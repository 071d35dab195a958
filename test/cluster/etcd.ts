import { temporaryDirectory } from '../support/temporary-directory.ts'
import { answersOk, startComponent, startOnFreePorts } from './component.ts'

/** An etcd for all apiservers of one test process, each under a prefix of its own. */
export interface Etcd extends AsyncDisposable {
  readonly url: string
}

/** Starts an etcd that keeps nothing: its directory goes when it is disposed, and it never waits for the disk. */
export async function startEtcd(): Promise<Etcd> {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory())
  const { child, url } = await startOnFreePorts(2, async ([clients, peers]) => {
    const url = `http://127.0.0.1:${clients}`
    const child = await startComponent({
      name: 'etcd',
      args: [
        `--data-dir=${directory.path}/data`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        `--listen-peer-urls=http://127.0.0.1:${peers}`,
        '--unsafe-no-fsync=true',
      ],
      isReady: () => answersOk(() => fetch(`${url}/health`)),
    })
    return { child, url }
  })
  stack.use(child)
  const owned = stack.move()
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
