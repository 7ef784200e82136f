"""`python -m collude`: the command line."""

from collude.cli.main import main

if __name__ == "__main__":
    main()
