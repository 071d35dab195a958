import { groupTags } from './device.ts'
import { type Html, html, type Part } from './html.ts'
import { downloadIcon } from './icons.ts'
import { frame, type Site } from './layout.ts'

export interface KubectlView {
  readonly username: string
  readonly issuer: string
  /** Lanyard's own CA signs the issuer's certificate, and `/account/kubectl/lanyard-ca.crt` gives it. */
  readonly ownCa: boolean
  readonly clusters: readonly string[]
  readonly cluster: {
    readonly name: string
    readonly server: string
    readonly audience: string
    /** As the cluster sees them, prefixes included. */
    readonly seenAs: string
    readonly seenGroups: readonly string[]
  }
}

/** From nothing to `kubectl auth whoami`, with no secret in any command. */
export function kubectlPage(site: Site, view: KubectlView): string {
  const { t } = site.words
  const { cluster } = view
  return frame(
    site,
    {
      title: t`Set up kubectl for ${cluster.name}`,
      heading: t`Set up kubectl for <span class="nowrap">${cluster.name}</span>`,
      lead: t`Three steps, about two minutes. The plugin signs you in once for all your clusters.`,
      username: view.username,
      current: 'kubectl',
      aside: view.clusters.length < 2 ? '' : clusterTags(site, view),
    },
    html`<div class="cols">
      <ol class="steps">
        ${installStep(site)}
        ${setupStep(site, view)}
        ${checkStep(site, view)}
      </ol>
      <div>
        <section class="panel">
          <header><h2>${t`What you connect to`}</h2></header>
          <dl class="facts pad">
            <dt>${t`API server`}</dt><dd class="mono">${cluster.server}</dd>
            <dt>${t`Audience`}</dt><dd class="mono">${cluster.audience}</dd>
            <dt>${t`You are`}</dt><dd><b>${cluster.seenAs}</b></dd>
            <dt>${t`Groups sent`}</dt><dd>${groupTags(site, cluster.seenGroups)}</dd>
          </dl>
        </section>
        ${kubelogin(site, view)}
        ${trouble(site)}
      </div>
    </div>`,
  )
}

/** The same place for somebody who may enter no cluster. */
export function noClusterPage(site: Site, view: { readonly username: string }): string {
  const { t } = site.words
  return frame(
    site,
    {
      title: t`Set up kubectl`,
      heading: t`Set up kubectl`,
      lead: t`There is no cluster that you may enter.`,
      username: view.username,
      current: 'kubectl',
    },
    html`<section class="panel"><div class="empty"><p>${t`Ask your admin to put you in a group that may enter a cluster.`} <a href="${site.base}/account#groups">${t`Your groups`}</a></p></div></section>`,
  )
}

function clusterTags(site: Site, view: KubectlView): Html {
  const { t } = site.words
  return html`<nav class="row end" aria-label="${t`Cluster`}">${view.clusters.map(
    (name) =>
      html`<a class="tag" href="${site.base}/account/kubectl/${encodeURIComponent(name)}"${name === view.cluster.name ? html` aria-current="page"` : ''}>${name}</a> `,
  )}</nav>`
}

function commands(caption: Html, lines: Part): Html {
  return html`<figure class="code"><figcaption>${caption}</figcaption><pre tabindex="0">${lines}</pre></figure>`
}

function installStep({ words: { t } }: Site): Html {
  return html`<li>
          <h2>${t`Install the plugin`}</h2>
          ${commands(t`In a clone of Lanyard’s repository; needs Node 20 or newer`, 'npm run plugin:install')}
          <p class="hint">${t`It writes one file, <code>kubectl-lanyard</code>, into <code>~/.local/bin</code>, which must be in your <code>PATH</code>.`}</p>
        </li>`
}

function setupStep(site: Site, view: KubectlView): Html {
  const { t } = site.words
  const path = `${site.base}/account/kubectl`
  const ca = view.ownCa ? ' \\\n  --certificate-authority lanyard-ca.crt' : ''
  return html`<li>
          <h2>${t`Add your clusters to your kubeconfig`}</h2>
          ${view.ownCa ? html`<p class="row"><a class="btn" href="${path}/lanyard-ca.crt" download>${downloadIcon()} ${t`Download lanyard-ca.crt`}</a> <span class="hint">${t`Lanyard’s own certificate authority. Compare its SHA-256 with your admin’s, and run the command where you saved it.`}</span></p>` : ''}
          ${commands(t`Merges into your kubeconfig, keeps what is there`, `kubectl lanyard setup ${view.issuer}${ca}`)}
          <p class="row"><a class="btn" href="${path}/${encodeURIComponent(view.cluster.name)}/kubeconfig.yaml" download>${downloadIcon()} ${t`Download kubeconfig`}</a> <span class="hint">${t`Or this cluster in a file of its own, without a secret. Its first login still needs the command above, which tells the plugin whom to trust.`}</span></p>
        </li>`
}

function checkStep(site: Site, view: KubectlView): Html {
  const { t } = site.words
  const { cluster } = view
  const groups = [...cluster.seenGroups, 'system:authenticated'].join(' ')
  return html`<li>
          <h2>${t`Check that it works`}</h2>
          ${commands(
            t`In a terminal`,
            html`$ kubectl --context ${cluster.name} auth whoami
ATTRIBUTE   VALUE
Username    ${cluster.seenAs}
Groups      [${groups}]`,
          )}
          <p class="hint">${t`The second step opens your browser. Over ssh or in a container it prints a code instead. Type it at <a href="${site.base}/device">${site.host}${site.base}/device</a>.`}</p>
        </li>`
}

function kubelogin(site: Site, { cluster }: KubectlView): Html {
  const { t } = site.words
  const path = `${site.base}/account/kubectl/${encodeURIComponent(cluster.name)}/kubelogin.yaml`
  return html`<section class="panel">
          <header><h2>${t`Already using kubelogin?`}</h2></header>
          <div class="pad stack small">
            <p>${t`It works unchanged, with a login for each cluster instead of one for all. No plugin of ours is needed, and no secret is in the file.`}</p>
            <p><a class="btn" href="${path}" download>${downloadIcon()} ${t`Download for kubelogin`}</a></p>
          </div>
        </section>`
}

function trouble({ words: { t } }: Site): Html {
  return html`<section class="panel">
          <header><h2>${t`If it does not work`}</h2></header>
          <div class="pad stack small">
            <p><b>Unauthorized</b><br>${t`Run <code>kubectl lanyard doctor</code>: it looks for the cause and prints the line to change. Send your admin what it says.`}</p>
            <p><b>Forbidden</b><br>${t`You are signed in, but no RBAC rule lets you do this. Ask your admin, and name the groups above.`}</p>
          </div>
        </section>`
}
