// ScratchDirectory, which tests share with the test kit.
#pragma once

#include <troupe/testing/scratch_directory.h>
