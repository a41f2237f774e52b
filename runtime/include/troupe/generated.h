// What generated code includes, and with it every file that defines or calls an actor.
#pragma once

#include "troupe/actor.h"
#include "troupe/call.h"
#include "troupe/error.h"
#include "troupe/ref.h"
#include "troupe/service.h"
#include "troupe/task.h"
