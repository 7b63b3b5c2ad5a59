/** Where the bytes of a file come from. */

/** The end of a file, and how large the whole is. */
export interface Tail {
    /** Size of the file in bytes. */
    readonly size: number;
    /** Its last bytes: as many as were asked for, or all where there are fewer. */
    readonly bytes: Uint8Array;
}

/** Random access to the bytes of one file. */
export interface Source {
    /**
     * The size of the file and its last bytes.
     *
     * @param length How many of the last bytes are wanted.
     * @throws QModelError `invalid_input`, when the file cannot be read.
     */
    tail(length: number): Promise<Tail>;

    /**
     * Exactly `length` bytes from `offset` on, all of which are within the file.
     *
     * @throws QModelError `invalid_input`, when they cannot be read, or the file changed meanwhile.
     */
    read(offset: number, length: number): Promise<Uint8Array>;

    /**
     * How far apart two ranges may be, in bytes, for one read of both and what lies between to be cheaper than two
     * reads: 0 in memory, more where a read is a journey.
     */
    readonly worthwhileGap: number;

    /** How many of the last bytes are worth reading at first: so many that the manifest is usually among them. */
    readonly worthwhileTail: number;
}
