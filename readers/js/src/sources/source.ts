/** Where the bytes of a file come from. */

/** Random access to the bytes of one file. */
export interface Source {
    /**
     * The size of the file in bytes.
     *
     * @throws QModelError `invalid_input`, when the file cannot be read.
     */
    size(): Promise<number>;

    /**
     * Exactly `length` bytes from `offset` on, which are within the size.
     *
     * @throws QModelError `invalid_input`, when they cannot be read, or the file changed meanwhile.
     */
    read(offset: number, length: number): Promise<Uint8Array>;

    /**
     * How far apart two ranges may be for one read of both, and what lies between, to be cheaper than two reads, in
     * bytes: 0 in memory, more where a read is a journey.
     */
    readonly worthwhileGap: number;
}
