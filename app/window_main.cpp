// samsa-window: the program with pixels, started by samsa.
int runDesktop(int argc, char** argv);

int main(int argc, char** argv) { return runDesktop(argc, argv); }
