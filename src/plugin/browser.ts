import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Surroundings } from './surroundings.ts'

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}

/** The commands in $BROWSER: a list with `:` between them as xdg-open reads it, or one path that may hold spaces. */
function browserCommands(around: Surroundings): string[][] {
  const value = around.env['BROWSER'] ?? ''
  if (value === '') {
    return []
  }
  if (existsSync(value)) {
    return [[value]]
  }
  const commands = around.platform === 'win32' ? [value] : value.split(':')
  return commands
    .map((command) => command.split(/\s+/).filter(isSet))
    .filter((words) => words.length > 0)
}

function onPath(around: Surroundings, command: string): boolean {
  return (around.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK)
      return directory !== ''
    } catch {
      return false
    }
  })
}

function inContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv')
}

/** Why no browser can be opened here, or null where one can. */
export function whyNoBrowser(around: Surroundings): string | null {
  const { env, platform } = around
  if (isSet(env['BROWSER'])) {
    return env['BROWSER'] === 'none' ? 'BROWSER is "none"' : null
  }
  if (isSet(env['SSH_CONNECTION']) || isSet(env['SSH_TTY'])) {
    return 'this is an ssh session'
  }
  if (platform !== 'linux') {
    return null
  }
  if (isSet(env['WSL_DISTRO_NAME'])) {
    return null
  }
  if (inContainer() || isSet(env['KUBERNETES_SERVICE_HOST'])) {
    return 'this is a container'
  }
  if (!isSet(env['DISPLAY']) && !isSet(env['WAYLAND_DISPLAY'])) {
    return 'there is no display'
  }
  return onPath(around, 'xdg-open') ? null : 'xdg-open is not installed'
}

function start([command, ...words]: readonly string[], url: string): Promise<boolean> {
  if (command === undefined) {
    return Promise.resolve(false)
  }
  const placed = words.some((word) => word.includes('%s'))
  const args = placed ? words.map((word) => word.replaceAll('%s', () => url)) : [...words, url]
  return new Promise((resolve) => {
    // No shell: the URL has "&" in it. Nothing of the browser's may reach stdout, which is kubectl's.
    const child = spawn(command, args, { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}

/** Opens the person's browser: $BROWSER, else what the desktop prefers. False when none would start. */
export async function openBrowser(around: Surroundings, url: string): Promise<boolean> {
  const commands = browserCommands(around)
  for (const command of commands) {
    if (await start(command, url)) {
      return true
    }
  }
  if (commands.length > 0) {
    return false
  }
  const { default: open } = await import('open')
  try {
    const child = await open(url)
    child.once('error', () => undefined)
    return true
  } catch {
    return false
  }
}
