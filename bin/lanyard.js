#!/usr/bin/env node
import { launch } from './launch.js'

const program = await launch('lanyard', 'main')
await program?.main(process.argv.slice(2))
