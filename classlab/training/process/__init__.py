"""What the engine asks of and sets for the whole process: processor, threads, memory, exactness of products."""
