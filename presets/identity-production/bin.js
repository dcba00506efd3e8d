#!/usr/bin/env node
import '@json-express/runtime/cli'
