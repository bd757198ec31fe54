pytest_plugins = ["tests.fixtures", "tests.isolation.fixtures"]
