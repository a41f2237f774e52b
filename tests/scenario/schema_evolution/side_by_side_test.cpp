// Two versions of a service's schema in one cluster at a time: a node is drained, updated and returns, then the other,
// while both are called.
#include "jar_cluster.h"

using namespace jars;

TEST_CASE("a cluster goes from one version of a schema to the next, node by node, and no call fails") {
  JarCluster cluster;
  REQUIRE(cluster.start("a", 1));
  REQUIRE(cluster.start("b", 1));
  REQUIRE(cluster.members().await_share("b", {}).ok());
  (void)ask_jar(cluster.place("a"), "put", R"({"cents": 5, "label": "rent"})");
  Caller caller(cluster.place("b"));

  cluster.empty("a");
  REQUIRE(cluster.stop("a") == 0);
  REQUIRE(cluster.start("a", 2));
  cluster.serve("a");
  caller.await_more();                    // through the first version to both
  caller.go_through(cluster.place("a"));  // and through the second
  cluster.empty("b");
  REQUIRE(cluster.stop("b") == 0);
  REQUIRE(cluster.start("b", 2));
  cluster.serve("b");
  (void)ask_jar(cluster.place("b"), "give", R"({"owner": "Ann"})");

  CHECK(ask_jar(cluster.place("a"), "show").find("rent of Ann: 5g") != std::string::npos);
  caller.stop();

  CHECK(caller.failed == 0);
  CHECK(ask_jar(cluster.place("b"), "show").find("rent of Ann: 5g") != std::string::npos);
}
