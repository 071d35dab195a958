import type { Step, StepName } from './types.ts'

/** Ends the replay of one token: kube-apiserver refuses it with this sentence. */
export class Refusal extends Error {}

/** Ends the replay of one token: what comes next cannot be told from here. */
export class Undecided extends Error {}

/** Takes down what kube-apiserver does, step by step. */
export class Journal {
  readonly steps: Step[] = []

  ok(step: StepName, detail: string): void {
    this.steps.push({ step, status: 'ok', detail, logSentence: null })
  }

  skip(step: StepName, detail: string): void {
    this.steps.push({ step, status: 'skipped', detail, logSentence: null })
  }

  aside(step: StepName, detail: string): void {
    this.steps.push({ step, status: 'aside', detail, logSentence: null })
  }

  /** Notes the failure, and ends the replay by throwing. */
  refuse(step: StepName, detail: string, sentence: string): never {
    this.steps.push({ step, status: 'failed', detail, logSentence: sentence })
    throw new Refusal(sentence)
  }

  undecided(step: StepName, reason: string): never {
    this.skip(step, reason)
    throw new Undecided(reason)
  }
}
