import { delimiter } from 'node:path'
import {
  type Environment,
  type Result,
  type RunningProcess,
  runProcess,
  startProcess,
} from './process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export interface KubectlOptions {
  /** Path of the kubectl to run. */
  readonly binary: string
  /**
   * One kubeconfig, or several joined as KUBECONFIG joins them. Given by the environment and not by `--kubeconfig`, because
   * kubectl hands the environment alone on to its plugins.
   */
  readonly kubeconfig: string
  /** Directories in front of the PATH: where the plugin is found. */
  readonly path?: readonly string[]
  readonly env?: Environment
}

export interface RunOptions {
  /** The whole of stdin: nothing unless told. */
  readonly input?: string
  /** 30 s unless told. */
  readonly timeoutMs?: number
  readonly env?: Environment
  readonly cwd?: string
}

/** A person's kubectl: a HOME of its own, empty at first, so that neither the machine's discovery cache nor its kuberc is seen. */
export interface Kubectl extends AsyncDisposable {
  readonly binary: string
  readonly home: string
  /** The environment that every call gets, for running the plugin by itself in the same HOME. */
  readonly env: Environment
  run(args: readonly string[], options?: RunOptions): Promise<Result>
  /** For what runs beside the test: a login that waits for its browser, several calls at once. */
  start(args: readonly string[], options?: Pick<RunOptions, 'env' | 'cwd'>): Promise<RunningProcess>
}

/** Prepares a kubectl. Nothing runs before the first call; disposing removes its HOME. */
export async function createKubectl(options: KubectlOptions): Promise<Kubectl> {
  const home = await temporaryDirectory()
  const { PATH = '', NODE_V8_COVERAGE } = process.env
  const env: Environment = {
    PATH: [...(options.path ?? []), PATH].join(delimiter),
    HOME: home.path,
    KUBECONFIG: options.kubeconfig,
    LANG: 'C.UTF-8',
    // The plugin is our code: its runs count for coverage.
    NODE_V8_COVERAGE,
    ...options.env,
  }
  const call = (args: readonly string[], run: RunOptions = {}) => ({
    ...run,
    command: options.binary,
    args,
    env: { ...env, ...run.env },
  })
  return {
    binary: options.binary,
    home: home.path,
    env,
    run: (args, run) => runProcess(call(args, run)),
    start: (args, run) => startProcess(call(args, run)),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  }
}
