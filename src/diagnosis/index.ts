/**
 * diagnosis: the doctor on the server's own machine, for the command and for the pages alike.
 *
 * It owns what the rooms know of an issuer, a cluster and a person, put as the doctor asks for it, and the doctor's view of the
 * world from here. The checks themselves are the doctor's; it changes nothing.
 */
export { createDiagnosis, type Diagnosis } from './create-diagnosis.ts'
export {
  chosenClusters,
  clusterFacts,
  issuerFacts,
  personQuestion,
  readPeople,
} from './facts.ts'
export { createPorts } from './ports.ts'
