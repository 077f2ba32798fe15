#include "judge.h"

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--judge") == 0)
        return judge_stream(stdin, stdout);
    return 0;
}
