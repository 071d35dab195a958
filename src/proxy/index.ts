/**
 * proxy: the authenticating proxy before clusters whose apiserver cannot be configured.
 *
 * It owns the way of a request from a person's token to the apiserver and back. It refuses every identity that the client
 * claims for itself; who somebody is, Lanyard's server says, asked over HTTPS: it opens no database.
 */
export { loadProxyConfig, type ProxyConfig } from './config.ts'
export { type ProxyOptions, type RunningProxy, startProxy } from './start.ts'
