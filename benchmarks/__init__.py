"""Side-by-side measurements of classlab and of what a user would pick instead; each module is one command."""
