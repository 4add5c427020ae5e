hello, world
