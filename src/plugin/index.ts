/**
 * plugin: `kubectl-lanyard`, what runs on a person's own machine. It logs in once for each issuer, keeps that login and
 * its DPoP key, exchanges it for one ID token for each cluster, and writes kubectl's contexts.
 *
 * It owns the files under `$XDG_STATE_HOME/kubectl-lanyard` (whom this device trusts, its logins) and under
 * `$XDG_CACHE_HOME/kubectl-lanyard` (tokens for clusters). It refuses to let a kubeconfig decide anything but which of
 * the person's own logins is meant: an issuer, and the CA it is reached by, are trusted only on `setup` or `login`. It
 * never imports the server. `get-token` with a fresh token loads nothing but main.ts and what that names at its top.
 *
 * The entry point is main.ts. This door is for those who package it.
 */
export { bundlePlugin } from './bundle.ts'
