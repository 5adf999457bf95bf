#include "embedded-broker/cluster/supervisor.h"

int main(int argc, char** argv) { return broker::cluster::supervisorMain(argc, argv); }
