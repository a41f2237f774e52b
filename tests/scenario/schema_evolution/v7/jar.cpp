#define STAMPS_ARE_TEXT
#include "../jar_program.h"
#include "../slip_jar.h"

int main(int argc, char** argv) { return jars::run<jars::SlipJar>(argc, argv); }
